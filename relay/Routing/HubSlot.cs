using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Routing;

/// <summary>The right to one transaction at a hub; given back once, whatever became of it.</summary>
public sealed class HubSlot(Hub hub, bool isTrial, bool isQueued, HubRouter router) : IDisposable
{
    private int _returned;

    public Hub Hub => hub;

    /// <summary>No hub is healthy, and this transaction finds out whether this one takes mail after all.</summary>
    public bool IsTrial => isTrial;

    /// <summary>Gives the slot back and serves whoever waits for it.</summary>
    public void Dispose()
    {
        if (Release())
        {
            router.PumpFree();
        }
    }

    /// <summary>Gives the slot back without a word to those who wait; false where it was back already.</summary>
    public bool Release()
    {
        if (Interlocked.Exchange(ref _returned, 1) != 0)
        {
            return false;
        }

        hub.Exit(isQueued);
        if (isTrial)
        {
            hub.EndTrial();
        }

        return true;
    }
}
