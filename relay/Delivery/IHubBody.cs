using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Delivery;

/// <summary>A whole message in wire form as hubs get it: one that was just received, or one from the spool. Read anew for every attempt.</summary>
public interface IHubBody
{
    /// <summary>Does not fit one write: it is streamed, and what a hub says meanwhile is read.</summary>
    bool IsLarge { get; }

    /// <summary>Writes everything to a hub; with <paramref name="dot"/> the end of data follows in the last write.</summary>
    ValueTask<HubFault> SendAsync(HubConnection hub, bool dot);

    /// <summary>Writes what has come since the last write of a body that is still arriving, and with <paramref name="dot"/> the end of data.</summary>
    ValueTask<HubFault> SendTailAsync(HubConnection hub, bool dot);
}
