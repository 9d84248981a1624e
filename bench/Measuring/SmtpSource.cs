using System.Diagnostics;

namespace RelayOperator.Bench.Measuring;

/// <summary>One run of Postfix's smtp-source.</summary>
/// <param name="Sessions">Sessions in parallel.</param>
/// <param name="Messages">Messages in all.</param>
/// <param name="Bytes">Bytes per message.</param>
/// <param name="Kept">One connection per session; otherwise one per message.</param>
public sealed record SmtpSource(int Sessions, int Messages, int Bytes, bool Kept)
{
    private const int LimitSeconds = 300;

    /// <summary>Sends it all to a port of this machine, or throws with what smtp-source said.</summary>
    public async Task RunAsync(int port, CancellationToken cancellationToken)
    {
        string[] kept = Kept ? ["-d"] : [];
        var start = new ProcessStartInfo("smtp-source",
        [
            .. kept, "-s", $"{Sessions}", "-m", $"{Messages}", "-l", $"{Bytes}",
            "-f", "app@bench.example", "-t", "user@bench.example", $"127.0.0.1:{port}",
        ]) { UseShellExecute = false, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(LimitSeconds));
        try
        {
            var said = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode != 0 || said.Length > 0)
            {
                throw new InvalidOperationException($"smtp-source to port {port}: {said}");
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
