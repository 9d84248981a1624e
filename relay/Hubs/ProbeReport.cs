using System.Collections.Immutable;

namespace RelayOperator.Relay.Hubs;

/// <summary>What a probe found.</summary>
/// <param name="Ok">The hub works, as deep as was asked.</param>
/// <param name="Reason">Why not, in a few words.</param>
/// <param name="Fault">Where it is the connection's, the fault.</param>
/// <param name="Capabilities">What the hub offered; null where it came not so far.</param>
/// <param name="Steps">Step by step.</param>
public sealed record ProbeReport(
    bool Ok, string Reason, HubFault Fault, HubCapabilities? Capabilities, ImmutableArray<ProbeStep> Steps);
