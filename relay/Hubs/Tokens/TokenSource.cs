using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Hubs.Tokens;

/// <summary>
/// The token of one client at one server, asked for when it is needed and kept while it is good. Thread-safe.
/// Contract: one question at a time, whoever waits for it. A token is renewed some time before its end, while it goes on
/// being used, and to the end where that fails. After a failure nothing is asked for a while. A token that a hub refused is
/// dropped, but once a minute at most: a hub that refuses them all is no reason to ask the server again and again.
/// </summary>
internal sealed partial class TokenSource(HubOAuth2Config config, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BetweenRefusals = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly string _host = new Uri(config.TokenUrl).Host;
    private TokenAnswer? _kept;
    private long _askedAt;
    private TokenAnswer? _failure;
    private long _failedAt;
    private TimeSpan _pause = FirstPause;
    private long _refusedAt;
    private Task<TokenAnswer>? _asking;

    /// <summary>A token, or why there is none; null where it was not waited for to the end.</summary>
    /// <param name="patience">How long to wait at most.</param>
    /// <param name="cancellationToken">Gives up the wait; the server is still asked, for whoever comes next.</param>
    public async ValueTask<TokenAnswer?> GetAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        Task<TokenAnswer> asking;
        lock (_lock)
        {
            var age = _kept is null ? TimeSpan.MaxValue : time.GetElapsedTime(_askedAt);
            var pausing = _failure is not null && time.GetElapsedTime(_failedAt) < _pause;
            if (_asking is null && !pausing && (_kept is null || age >= _kept.Lifetime - Margin(_kept)))
            {
                _asking = Task.Run(AskAsync, CancellationToken.None);
            }

            if (_kept is not null && age < _kept.Lifetime)
            {
                return _kept;
            }

            if (_asking is null)
            {
                return _failure;
            }

            asking = _asking;
        }

        try
        {
            return await asking.WaitAsync(patience, time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A hub refused a token: the next one who asks gets another.</summary>
    public void Refused(string token)
    {
        lock (_lock)
        {
            if (_kept?.Token == token && (_refusedAt == 0 || time.GetElapsedTime(_refusedAt) >= BetweenRefusals))
            {
                _kept = null;
                _refusedAt = time.GetTimestamp();
            }
        }
    }

    private static TimeSpan Margin(TokenAnswer token) => token.Lifetime / 5 < LongestMargin ? token.Lifetime / 5 : LongestMargin;

    private async Task<TokenAnswer> AskAsync()
    {
        var asked = time.GetTimestamp();
        var answer = await new TokenEndpoint(config, time).AskAsync();
        if (answer.Token is null)
        {
            answer = TokenAnswer.Failed($"no token from {_host}: {answer.Fault}");
        }

        lock (_lock)
        {
            _asking = null;
            if (answer.Token is not null)
            {
                (_kept, _askedAt, _failure, _pause) = (answer, asked, null, FirstPause);
                return answer;
            }

            var pause = _pause * 2;
            _pause = _failure is null ? FirstPause : pause < LongestPause ? pause : LongestPause;
            (_failure, _failedAt) = (answer, time.GetTimestamp());
        }

        TokenFailed(logger, answer.Fault);
        return answer;
    }

    [LoggerMessage(4004, LogLevel.Warning, "{Reason}")]
    private static partial void TokenFailed(ILogger logger, string reason);
}
