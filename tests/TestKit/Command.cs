using System.Diagnostics;

namespace RelayOperator.TestKit;

/// <summary>A command that ends by itself.</summary>
public static class Command
{
    /// <summary>Runs it in the repository, with a bound.</summary>
    public static Task<(int Code, string Output, string Error)> RunAsync(string program, params IEnumerable<string> arguments) =>
        RunAsync(program, Repository.Root, [], arguments);

    public static async Task<(int Code, string Output, string Error)> RunAsync(
        string program, string folder, IEnumerable<KeyValuePair<string, string>> environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5), TimeProvider.System);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
