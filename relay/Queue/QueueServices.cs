using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Queue;

/// <summary>What the delivery of spooled mail shares.</summary>
/// <param name="Door">The spool, and when what is deferred is tried again.</param>
/// <param name="Delivery">The way to the hubs.</param>
/// <param name="Pool">The configuration in force.</param>
/// <param name="Ids">Ids for notifications.</param>
/// <param name="Log">What became of messages.</param>
/// <param name="Tracking">Hears what happens to messages; null where nobody wants to know.</param>
/// <param name="Time">The clock.</param>
public sealed record QueueServices(
    SpoolDoor Door, DeliveryServices Delivery, Func<PoolSnapshot> Pool, TransactionIds Ids, QueueLog Log, TrackingLog? Tracking, TimeProvider Time)
{
    public ISpool Spool => Door.Spool;
}
