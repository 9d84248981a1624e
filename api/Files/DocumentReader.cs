using RelayOperator.Api.Binding;
using RelayOperator.Api.Yaml;

namespace RelayOperator.Api;

/// <summary>
/// Sorts the documents of a file by kind and binds each. A document whose kind or version is only nearly right is bound
/// all the same, so that its other faults are told in the same go.
/// </summary>
internal sealed class DocumentReader(string file)
{
    private static readonly (string Kind, string ApiVersion, Type Type)[] Kinds =
    [
        (nameof(RelayPool), RelayPool.GroupVersion, typeof(RelayPool)),
        (nameof(HubTransport), RelayPool.GroupVersion, typeof(HubTransport)),
        (nameof(Secret), "v1", typeof(Secret)),
    ];

    public List<LoadedObject<RelayPool>> Pools { get; } = [];

    public List<LoadedObject<HubTransport>> Hubs { get; } = [];

    public List<LoadedObject<Secret>> Secrets { get; } = [];

    /// <summary>Every sheet, those of documents of no known kind too.</summary>
    public List<FaultSheet> Sheets { get; } = [];

    /// <summary>Whether a document could not be told to be of any kind, so that nothing is sure about what is missing.</summary>
    public bool HasUnknown { get; private set; }

    public void Read(YamlDocument document)
    {
        if (document.Root is YamlScalar { IsNull: true })
        {
            return;
        }

        var mapping = document.Root as YamlMapping;
        var kind = Word(mapping?["kind"]);
        var name = Word((mapping?["metadata"] as YamlMapping)?["name"]);
        var sheet = new FaultSheet(file, document.Number, FoundText.Plain(kind), FoundText.Plain(name));
        sheet.Seen("", document.Root.Line);
        Sheets.Add(sheet);
        if (mapping is null)
        {
            HasUnknown = true;
            sheet.Add(document.Root.Line, "", document.Root.Describe(), "an object with apiVersion, kind, metadata and spec");
            return;
        }

        if (Recognise(mapping, kind, sheet) is { } type)
        {
            Keep(new ObjectBinder(sheet).BindObject(type, mapping, ""), sheet);
        }
    }

    private Type? Recognise(YamlMapping mapping, string kind, FaultSheet sheet)
    {
        var names = Kinds.Select(known => known.Kind);
        if (kind.Length == 0)
        {
            HasUnknown = true;
            sheet.Add(mapping["kind"]?.Line ?? mapping.Line, "kind", mapping["kind"]?.Describe() ?? "nothing", string.Join(", ", names));
            return null;
        }

        var meant = names.Contains(kind, StringComparer.Ordinal) ? kind : NearestName.Of(kind, names);
        if (meant != kind)
        {
            var hint = meant is null ? "; keep other objects in a file of their own" : $"; did you mean {meant}?";
            sheet.Add(mapping["kind"]!.Line, "kind", FoundText.Plain(kind), $"{string.Join(", ", names)}{hint}");
        }

        if (meant is null)
        {
            return null;
        }

        var (_, version, type) = Kinds.Single(known => known.Kind == meant);
        var written = mapping["apiVersion"];
        if (Word(written) != version)
        {
            sheet.Add(written?.Line ?? mapping.Line, "apiVersion", written?.Describe() ?? "nothing", version);
        }

        return type;
    }

    private void Keep(object value, FaultSheet sheet)
    {
        switch (value)
        {
            case RelayPool pool: Pools.Add(new(pool, sheet)); break;
            case HubTransport hub: Hubs.Add(new(hub, sheet)); break;
            case Secret secret: Secrets.Add(new(secret, sheet)); break;
        }
    }

    private static string Word(YamlNode? node) => node is YamlScalar { IsNull: false } scalar ? scalar.Value : "";
}
