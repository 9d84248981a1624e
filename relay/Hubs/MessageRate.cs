using System.Threading.RateLimiting;

namespace RelayOperator.Relay.Hubs;

/// <summary>Messages a minute, for a hub or an access rule; 0 means no limit. Short bursts of a minute's worth pass.</summary>
public sealed class MessageRate : IDisposable
{
    private TokenBucketRateLimiter? _limiter;
    private int _perMinute;

    public MessageRate(int perMinute) => Resize(perMinute);

    /// <summary>Takes one message's worth; false where the minute's messages are used up.</summary>
    public bool TryTake()
    {
        if (_limiter is not { } limiter)
        {
            return true;
        }

        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired;
    }

    /// <summary>Whether <see cref="TryTake"/> would succeed now.</summary>
    public bool HasRoom => _limiter is not { } limiter || limiter.GetStatistics() is not { CurrentAvailablePermits: 0 };

    public void Resize(int perMinute)
    {
        if (perMinute == _perMinute)
        {
            return;
        }

        _perMinute = perMinute;
        var old = _limiter;
        _limiter = perMinute == 0 ? null : new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = perMinute,
            TokensPerPeriod = Math.Max(1, perMinute / 60),
            ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, 60.0 / perMinute)),
            QueueLimit = 0,
            AutoReplenishment = true,
        });
        old?.Dispose();
    }

    public void Dispose() => _limiter?.Dispose();
}
