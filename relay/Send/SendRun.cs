namespace RelayOperator.Relay.Send;

/// <summary>
/// Sends a number of messages over a number of connections. Each is tried once and never again: a client that retries
/// would hide the errors that this one is here to show. A message's latency runs from the moment it is taken up,
/// its connect included where one is due, until its reply.
/// </summary>
public sealed class SendRun(SendOptions options, MessageTemplate template, AcknowledgedIds ids, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private int _taken;

    public SendStatistics Statistics { get; } = new();

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Ends when every message was tried, or, cancelled, once those under way are answered or cut off.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        var workers = new Task[Math.Min(options.Concurrency, options.Count)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = Task.Run(() => WorkAsync(cancellationToken), CancellationToken.None);
        }

        return Task.WhenAll(workers);
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await using var connection = new SendConnection(options, template);
        try
        {
            while (Interlocked.Increment(ref _taken) is var number && number <= options.Count)
            {
                await WaitForTurnAsync(number, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                await SendAsync(connection, number, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop; what was not tried shows in the summary.
        }
    }

    private async Task SendAsync(SendConnection connection, int number, CancellationToken cancellationToken)
    {
        var (message, id) = template.Make(number);
        using (message)
        {
            var begun = time.GetTimestamp();
            if (await connection.SendAsync(message, cancellationToken) is { } error)
            {
                Statistics.Failed(error);
            }
            else
            {
                Statistics.Acknowledged(time.GetElapsedTime(begun));
                ids.Add(id);
            }
        }
    }

    private async Task WaitForTurnAsync(int number, CancellationToken cancellationToken)
    {
        if (options.Rate > 0)
        {
            var wait = TimeSpan.FromSeconds((number - 1) / options.Rate) - Elapsed;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }
        }
    }
}
