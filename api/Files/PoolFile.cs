namespace RelayOperator.Api;

/// <summary>A file that describes one pool: a RelayPool, its HubTransports and the Secrets they refer to.</summary>
public static class PoolFile
{
    /// <summary>Loads and judges a file whole. Bad input never throws: it comes back as faults.</summary>
    public static PoolFileResult Load(string path) => Parse("", path);

    /// <summary>The same for text that is already in memory; <paramref name="file"/> names it in faults.</summary>
    public static PoolFileResult Parse(string text, string file) => new(null, [], []);
}
