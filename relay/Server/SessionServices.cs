using RelayOperator.Relay.Access;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Server;

/// <summary>What every session shares.</summary>
public sealed record SessionServices(
    PoolState Pool,
    Admission Admission,
    DeliveryServices Delivery,
    BodyBudget Memory,
    BodyBudget Temp,
    string TempFolder,
    DeadlineSweep Sweep,
    TransactionIds Ids,
    RelayMetrics Metrics,
    TransactionLog Log);
