namespace RelayOperator.Bench.Peers;

/// <summary>The client straight to one hub: what the load generator and the hub can do by themselves.</summary>
public sealed class Straight(HubPair hubs) : Peer("straight", hubs.Ports[0]);
