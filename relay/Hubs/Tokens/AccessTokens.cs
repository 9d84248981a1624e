using System.Collections.Concurrent;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Hubs.Tokens;

/// <summary>Access tokens for all hubs of the relay: whoever names the same client of the same server shares one. Thread-safe.</summary>
public sealed class AccessTokens(TimeProvider time, ILogger<AccessTokens> logger)
{
    private readonly ConcurrentDictionary<HubOAuth2Config, TokenSource> _sources = new();

    /// <summary>A token, or why there is none; null where it was not waited for to the end.</summary>
    /// <param name="oauth2">Where from.</param>
    /// <param name="patience">How long to wait at most; a server is given up after 10 s in any case.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    public ValueTask<TokenAnswer?> GetAsync(HubOAuth2Config oauth2, TimeSpan patience, CancellationToken cancellationToken) =>
        _sources.GetOrAdd(oauth2, key => new TokenSource(key, time, logger)).GetAsync(patience, cancellationToken);

    /// <summary>A hub refused a token.</summary>
    public void Refused(HubOAuth2Config oauth2, string token)
    {
        if (_sources.TryGetValue(oauth2, out var source))
        {
            source.Refused(token);
        }
    }

    /// <summary>Forgets the tokens of all others, whose secrets are no longer in use.</summary>
    public void Keep(IEnumerable<HubOAuth2Config> used)
    {
        foreach (var gone in _sources.Keys.Except(used))
        {
            _sources.TryRemove(gone, out _);
        }
    }
}
