using System.Globalization;

namespace RelayOperator.Relay.Send;

/// <summary>Shows how far a run is: on a terminal one line that is rewritten, elsewhere a line every two seconds.</summary>
public sealed class SendProgress(SendRun run, int count, TextWriter output, bool terminal, TimeProvider time)
{
    private int _lastDone;
    private TimeSpan _lastTime;

    /// <summary>Prints until cancelled, and leaves a terminal's line clear for what follows.</summary>
    public async Task ShowAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(terminal ? TimeSpan.FromMilliseconds(250) : TimeSpan.FromSeconds(2), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await output.WriteAsync(terminal ? $"\r{NextLine()}\e[K" : $"{NextLine()}\n");
                await output.FlushAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            await output.WriteAsync(terminal ? "\r\e[K" : "");
        }
    }

    private string NextLine()
    {
        var (acknowledged, failed) = run.Statistics.Counts;
        var done = acknowledged + failed;
        var elapsed = run.Elapsed;
        var rate = (done - _lastDone) / Math.Max(0.001, (elapsed - _lastTime).TotalSeconds);
        (_lastDone, _lastTime) = (done, elapsed);
        return string.Create(
            CultureInfo.InvariantCulture, $"{done,9} of {count}  {100.0 * done / count,3:F0} %  {rate,7:F0} msg/s  {failed,5} failed");
    }
}
