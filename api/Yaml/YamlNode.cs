using System.Collections.Immutable;

namespace RelayOperator.Api.Yaml;

/// <summary>A value in a YAML document, with the line it begins on.</summary>
internal abstract record YamlNode(int Line)
{
    /// <summary>What a fault says was found.</summary>
    public abstract string Describe();
}

/// <summary>Text between quotes, or a plain word whose meaning its field decides.</summary>
internal sealed record YamlScalar(int Line, string Value, bool Plain) : YamlNode(Line)
{
    public bool IsNull => Plain && Value is "" or "~" or "null" or "Null" or "NULL";

    public override string Describe() => !Plain ? FoundText.Quote(Value) : IsNull ? "nothing" : FoundText.Plain(Value);
}

/// <summary>A list.</summary>
internal sealed record YamlSequence(int Line, ImmutableArray<YamlNode> Items) : YamlNode(Line)
{
    public override string Describe() => $"a list of {Items.Length}";
}

/// <summary>A mapping; keys that stand in it twice are both kept.</summary>
internal sealed record YamlMapping(int Line, ImmutableArray<YamlEntry> Entries) : YamlNode(Line)
{
    public YamlNode? this[string key] => Entries.FirstOrDefault(entry => entry.Key == key)?.Value;

    public override string Describe() => $"a mapping of {Entries.Length}";
}

/// <summary>One key of a mapping and its value.</summary>
internal sealed record YamlEntry(string Key, int Line, YamlNode Value);

/// <summary>One document of a file, numbered from 1 over all documents, empty ones too.</summary>
internal sealed record YamlDocument(int Number, YamlNode Root);

/// <summary>What is wrong with the YAML itself.</summary>
internal sealed record YamlFault(int Document, int Line, string Found, string Allowed);
