using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Routing;

namespace RelayOperator.Relay.Delivery;

/// <summary>What every transaction's delivery shares.</summary>
public sealed record DeliveryServices(
    HubRouter Router,
    EjectionGuard Ejections,
    ComparisonLedger Comparison,
    DeliveryClock Clock,
    RelayMetrics Metrics,
    DeliveryLog Log,
    string PoolUid);
