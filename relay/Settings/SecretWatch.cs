using System.Buffers;
using System.IO.Pipelines;
using System.Net;

namespace RelayOperator.Relay.Settings;

/// <summary>
/// Lists and watches one Secret, and hands on each state of it. Contract: what was handed on last is what the API server
/// said last; while it says nothing, nothing is handed on. Goes on from where it was after a broken watch, lists again
/// where that is no longer known, never asks in a busy loop, and ends only when cancelled. A watch is renewed every few
/// minutes by the server's bound, and by an own one behind that, because a watch can hang in silence.
/// </summary>
/// <param name="api">The API server.</param>
/// <param name="account">Who asks.</param>
/// <param name="ns">The Secret's namespace.</param>
/// <param name="name">The Secret's name.</param>
/// <param name="seen">Takes what was found: Present or Gone.</param>
/// <param name="time">The clock.</param>
/// <param name="random">For jitter.</param>
/// <param name="logger">Hears of the first failure in a row, and of its end.</param>
public sealed partial class SecretWatch(
    HttpClient api, ServiceAccount account, string ns, string name, Func<SecretEvent, Task> seen, TimeProvider time, Random random, ILogger<SecretWatch> logger)
{
    private const int MostBytes = 8 << 20;
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(30);

    // A watch that ends sooner counts as a failure: somebody in between may end every one at once.
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(15);

    private readonly string _path = $"api/v1/namespaces/{Uri.EscapeDataString(ns)}/secrets?fieldSelector={Uri.EscapeDataString($"metadata.name={name}")}";
    private readonly WatchBackOff _backOff = new(random);
    private TimeSpan _asked;
    private bool _failing;

    /// <summary>The API server has told at least once what there is.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? version = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            var problem = "the watch ended early";
            try
            {
                version ??= await ListAsync(cancellationToken);
                version = await WatchAsync(version, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or InvalidDataException)
            {
                problem = e is OperationCanceledException ? "no answer in time" : e.Message;
                if (e is InvalidDataException or HttpRequestException { StatusCode: not null })
                {
                    version = null; // It may be the version that is refused.
                }
            }

            await PauseAsync(problem, lasted: time.GetElapsedTime(started) >= Lasting, cancellationToken);
        }
    }

    private async Task PauseAsync(string problem, bool lasted, CancellationToken cancellationToken)
    {
        if (lasted)
        {
            _backOff.Reset(); // And yet a pause: the watches of many relays may have ended at once.
        }
        else if (!_failing)
        {
            _failing = true;
            Failing(logger, ns, name, problem);
        }

        var wait = _backOff.Next(_asked);
        _asked = TimeSpan.Zero;
        await Task.Delay(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ListTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var answer = await AskAsync(_path, either.Token);
        var content = await answer.Content.ReadAsByteArrayAsync(either.Token);
        var found = SecretEvent.OfList(new ReadOnlySequence<byte>(content));
        if (found.Kind == SecretEventKind.Fault)
        {
            throw new InvalidDataException("the answer to a list cannot be read");
        }

        await HandOnAsync(found);
        return found.Version;
    }

    /// <returns>The version to go on from; null where the Secret has to be listed again.</returns>
    private async Task<string?> WatchAsync(string version, CancellationToken cancellationToken)
    {
        var seconds = random.Next(240, 301);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds) + Overdue, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var path = $"{_path}&watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(version)}";
        var reached = version;
        try
        {
            using var answer = await AskAsync(path, either.Token);
            var lines = PipeReader.Create(await answer.Content.ReadAsStreamAsync(either.Token));
            while (await NextAsync(lines, either.Token) is { } next)
            {
                if (next.Kind == SecretEventKind.Expired)
                {
                    return null;
                }

                if (next.Kind == SecretEventKind.Fault)
                {
                    throw new InvalidDataException("the watch told of a fault");
                }

                if (next.Kind != SecretEventKind.Bookmark)
                {
                    await HandOnAsync(next);
                }

                reached = next.Version;
            }

            return reached;
        }
        catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.Gone)
        {
            return null;
        }
        catch (Exception e) when (reached != version && !cancellationToken.IsCancellationRequested && e is HttpRequestException or IOException or OperationCanceledException)
        {
            return reached; // What broke off goes on from there.
        }
    }

    private static async Task<SecretEvent?> NextAsync(PipeReader lines, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await lines.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var found = SecretEvent.OfWatch(read.Buffer.Slice(0, end));
                lines.AdvanceTo(read.Buffer.GetPosition(1, end));
                return found;
            }

            if (read.IsCompleted)
            {
                return null;
            }

            if (read.Buffer.Length > MostBytes)
            {
                throw new InvalidDataException("a line of the watch has no end");
            }

            lines.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private async Task<HttpResponseMessage> AskAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = api.DefaultRequestVersion, VersionPolicy = api.DefaultVersionPolicy };
        request.Headers.Authorization = account.Authorization();
        request.Headers.Accept.ParseAdd("application/json");
        var answer = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            _asked = answer.Headers.RetryAfter?.Delta ?? TimeSpan.Zero;
            var code = answer.StatusCode;
            answer.Dispose();
            throw new HttpRequestException($"the API server answered {(int)code} {code}", null, code);
        }

        if (_failing && path != _path)
        {
            _failing = false;
            Recovered(logger, ns, name);
        }

        return answer;
    }

    private async Task HandOnAsync(SecretEvent found)
    {
        HasAnswered = true;
        await Task.Run(() => seen(found)); // Not on the thread of a socket, where sessions wait for it.
    }

    [LoggerMessage(5011, LogLevel.Warning, "Secret {Namespace}/{Name} cannot be watched now: {Problem}; the configuration in force stays")]
    private static partial void Failing(ILogger logger, string @namespace, string name, string problem);

    [LoggerMessage(5012, LogLevel.Information, "Secret {Namespace}/{Name} is watched again")]
    private static partial void Recovered(ILogger logger, string @namespace, string name);
}
