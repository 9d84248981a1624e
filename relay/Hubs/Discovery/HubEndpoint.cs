using System.Net;

namespace RelayOperator.Relay.Hubs.Discovery;

/// <summary>One address that a HubTransport's host stands for.</summary>
/// <param name="Address">Where to connect.</param>
/// <param name="TargetHost">The name whose certificate it should show.</param>
/// <param name="TierOffset">Added to the HubTransport's tier: preference of MX, priority of SRV, in order from 0.</param>
/// <param name="Weight">Share among its tier, as SRV says; 0 leaves the HubTransport's.</param>
public sealed record HubEndpoint(EndPoint Address, string TargetHost, int TierOffset, int Weight);
