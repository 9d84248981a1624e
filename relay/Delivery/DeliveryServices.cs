using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Routing;

namespace RelayOperator.Relay.Delivery;

/// <summary>What every transaction's delivery shares.</summary>
/// <param name="Router">Gives hubs.</param>
/// <param name="Ejections">Takes failures.</param>
/// <param name="Comparison">Takes refusals of what another hub takes.</param>
/// <param name="Clock">Deadlines.</param>
/// <param name="Metrics">Counts.</param>
/// <param name="Log">What hubs said.</param>
/// <param name="PoolUid">Tells the pool itself from a hub.</param>
/// <param name="Patience">How long attempts without a dot outstanding may take, from the client's dot, or its RCPT, on.</param>
/// <param name="Doubt">How long a client waits for a silent hub after the final dot, where there is a spool.</param>
public sealed record DeliveryServices(
    HubRouter Router,
    EjectionGuard Ejections,
    ComparisonLedger Comparison,
    DeliveryClock Clock,
    RelayMetrics Metrics,
    DeliveryLog Log,
    string PoolUid,
    TimeSpan Patience,
    TimeSpan Doubt);
