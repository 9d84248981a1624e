namespace RelayOperator.TestKit;

/// <summary>Where things stand in the repository that is being tested.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The program as it was built for release.</summary>
    public static string Relay => Path.Combine(Root, "relay", "bin", "Release", "net10.0", "relay.dll");

    /// <summary>The operator as it was built for release.</summary>
    public static string Operator => Path.Combine(Root, "operator", "bin", "Release", "net10.0", "operator.dll");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RelayOperator.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
