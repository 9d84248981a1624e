namespace RelayOperator.Api.Tests;

/// <summary>Files of the repository, found from where the tests run.</summary>
internal static class Repository
{
    private static readonly string Root = Find(AppContext.BaseDirectory);

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, "RelayOperator.sln")) ? folder : Find(System.IO.Path.GetDirectoryName(folder)!);
}
