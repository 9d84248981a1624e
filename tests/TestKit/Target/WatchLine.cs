using System.Text;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Faults;

namespace RelayOperator.TestKit.Target;

/// <summary>The lines of one watch, as far as the faults let them through.</summary>
/// <param name="inner">What the server sends.</param>
/// <param name="facts">The request.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="cut">The line is cut.</param>
internal sealed class WatchLine(Stream inner, RequestFacts facts, FaultPlan faults, CancellationToken cut) : ReadOnlyStream
{
    private static readonly TimeSpan ReorderWithin = TimeSpan.FromMilliseconds(200);

    private readonly StreamReader _lines = new(inner, Encoding.UTF8);
    private readonly Queue<string> _held = new();
    private Task<string?>? _next;
    private ReadOnlyMemory<byte> _rest;
    private bool _breaksOff;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cut, cancellationToken);
        try
        {
            if (_rest.IsEmpty && !await FillAsync(linked.Token))
            {
                return 0;
            }
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw BrokenOff();
        }

        var count = Math.Min(_rest.Length, buffer.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_breaksOff)
        {
            throw BrokenOff();
        }

        var line = _held.TryDequeue(out var held) ? held : await NextAsync(cancellationToken);
        if (faults.Striking<FaultAct.Silence>(facts) is not null)
        {
            // A half-open watch never wakes again, even after the fault is over.
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        if (line is null)
        {
            return false;
        }

        _rest = Encoding.UTF8.GetBytes(held is null ? await FaultyAsync(line, cancellationToken) : line + "\n");
        return true;
    }

    private async Task<string> FaultyAsync(string line, CancellationToken cancellationToken)
    {
        if (faults.Striking<FaultAct.Expire>(facts) is not null)
        {
            return new JsonObject { ["type"] = "ERROR", ["object"] = RefusalException.Planned(410, null).Status() }.ToJsonString() + "\n";
        }

        if (faults.Striking<FaultAct.Cut>(facts) is not null)
        {
            _breaksOff = true;
            return line[..(line.Length / 2)];
        }

        if (!IsBookmark(line) && faults.Striking<FaultAct.Reorder>(facts) is not null && await LaterAsync() is { } later)
        {
            _held.Enqueue(line);
            return later + "\n";
        }

        return faults.Striking<FaultAct.Duplicate>(facts) is null ? line + "\n" : $"{line}\n{line}\n";
    }

    private async Task<string?> NextAsync(CancellationToken cancellationToken)
    {
        // It goes on when who waits for it gives up.
        _next ??= _lines.ReadLineAsync(CancellationToken.None).AsTask();
        var line = await _next.WaitAsync(cancellationToken);
        _next = null;
        return line;
    }

    // The event after, for which the one before is held back a moment.
    private async Task<string?> LaterAsync()
    {
        _next ??= _lines.ReadLineAsync(CancellationToken.None).AsTask();
        await Task.WhenAny(_next, Task.Delay(ReorderWithin, TimeProvider.System));
        if (!_next.IsCompletedSuccessfully || await _next is not { } line || IsBookmark(line))
        {
            return null;
        }

        _next = null;
        return line;
    }

    private static bool IsBookmark(string line) => line.StartsWith("{\"type\":\"BOOKMARK\"", StringComparison.Ordinal);

    private static HttpIOException BrokenOff() => new(HttpRequestError.ResponseEnded, "The response ended prematurely.");
}
