using System.Collections.Concurrent;

namespace RelayOperator.TestKit.Cluster.Access;

/// <summary>The bearer tokens that were issued.</summary>
public sealed class TokenTable
{
    private readonly ConcurrentDictionary<string, ClusterUser> _users = new(StringComparer.Ordinal);

    /// <summary>A new token for a user.</summary>
    public string Issue(ClusterUser user)
    {
        var token = $"token-{Guid.NewGuid():N}";
        _users[token] = user;
        return token;
    }

    /// <summary>From now on the token answers 401.</summary>
    public void Revoke(string token) => _users.TryRemove(token, out _);

    /// <param name="authorization">The header; null or unknown means 401.</param>
    public ClusterUser? Find(string? authorization) =>
        authorization is not null && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? _users.GetValueOrDefault(authorization["Bearer ".Length..].Trim())
            : null;
}
