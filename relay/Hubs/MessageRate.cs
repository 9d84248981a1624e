using System.Threading.RateLimiting;

namespace RelayOperator.Relay.Hubs;

/// <summary>Messages a minute, for a hub or an access rule; 0 means no limit. Short bursts of a minute's worth pass.</summary>
public sealed class MessageRate
{
    // Replenished when it is asked, so that it has no timer, and one that was replaced may still be in somebody's hands.
    private volatile TokenBucketRateLimiter? _limiter;
    private int _perMinute;

    public MessageRate(int perMinute) => Resize(perMinute);

    /// <summary>Takes one message's worth; false where the minute's messages are used up.</summary>
    public bool TryTake()
    {
        if (_limiter is not { } limiter)
        {
            return true;
        }

        limiter.TryReplenish();
        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired;
    }

    /// <summary>Whether <see cref="TryTake"/> would succeed now.</summary>
    public bool HasRoom
    {
        get
        {
            if (_limiter is not { } limiter)
            {
                return true;
            }

            limiter.TryReplenish();
            return limiter.GetStatistics() is not { CurrentAvailablePermits: 0 };
        }
    }

    public void Resize(int perMinute)
    {
        if (perMinute == _perMinute)
        {
            return;
        }

        _perMinute = perMinute;
        var atOnce = (perMinute + 59) / 60;
        _limiter = perMinute == 0 ? null : new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = perMinute,
            TokensPerPeriod = atOnce,
            ReplenishmentPeriod = TimeSpan.FromMinutes((double)atOnce / perMinute),
            QueueLimit = 0,
            AutoReplenishment = false,
        });
    }
}
