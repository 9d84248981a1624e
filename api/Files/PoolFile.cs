using System.Collections.Immutable;
using RelayOperator.Api.Checks;
using RelayOperator.Api.Config;
using RelayOperator.Api.Yaml;

namespace RelayOperator.Api;

/// <summary>A file that describes one pool: a RelayPool, its HubTransports and the Secrets they refer to.</summary>
public static class PoolFile
{
    private const int MostFaults = 1000;

    /// <summary>Loads and judges a file whole. Bad input never throws: it comes back as faults.</summary>
    public static PoolFileResult Load(string path)
    {
        var (text, fault) = PoolFileText.Read(path);
        return text is null ? Refused([fault!]) : Judge(text, path);
    }

    /// <summary>The same for bytes that are already in memory; <paramref name="file"/> names them in faults.</summary>
    public static PoolFileResult Parse(ReadOnlySpan<byte> content, string file)
    {
        var (text, fault) = PoolFileText.Decode(content, file);
        return text is null ? Refused([fault!]) : Judge(text, file);
    }

    /// <summary>The same for text.</summary>
    public static PoolFileResult Parse(string text, string file)
    {
        var (readable, fault) = PoolFileText.Check(text, file);
        return readable is null ? Refused([fault!]) : Judge(readable, file);
    }

    private static PoolFileResult Judge(string text, string file)
    {
        var (documents, yamlFaults) = YamlReader.Read(text);
        var reader = new DocumentReader(file);
        foreach (var document in documents)
        {
            reader.Read(document);
        }

        List<ConfigFault> faults =
        [
            .. yamlFaults.Select(fault => new ConfigFault(file, fault.Document, fault.Line, "", "", "", fault.Found, fault.Allowed)),
            .. FileChecks.Run(reader, file, complete: yamlFaults.IsEmpty),
        ];
        faults.AddRange(reader.Sheets.SelectMany(sheet => sheet.Faults));
        if (faults.Count > 0)
        {
            return Refused(faults);
        }

        var objects = new PoolObjects(
            reader.Pools[0].Value, [.. reader.Hubs.Select(hub => hub.Value)], [.. reader.Secrets.Select(secret => secret.Value)]);
        return new PoolFileResult(PoolConfigRenderer.Render(objects), [], FileChecks.Notices(objects, reader.Pools[0].Sheet));
    }

    private static PoolFileResult Refused(List<ConfigFault> faults)
    {
        ImmutableArray<ConfigFault> sorted = [.. faults.OrderBy(fault => fault.Line).Take(MostFaults)];
        return new PoolFileResult(
            null, sorted, faults.Count > MostFaults ? [$"{faults.Count - MostFaults} further faults are not listed"] : []);
    }
}
