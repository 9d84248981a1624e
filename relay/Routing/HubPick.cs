namespace RelayOperator.Relay.Routing;

/// <summary>A slot at a hub, or why there is none.</summary>
public readonly record struct HubPick(HubSlot? Slot, NoHubReason Reason)
{
    public static implicit operator HubPick(HubSlot slot) => new(slot, NoHubReason.None);

    public static implicit operator HubPick(NoHubReason reason) => new(null, reason);
}
