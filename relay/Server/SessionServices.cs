using RelayOperator.Relay.Access;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Timing;
using RelayOperator.Relay.Tracking;

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
    TransactionLog Log)
{
    private Func<MessageBody>? _newBody;

    /// <summary>Compares passwords of clients.</summary>
    public PasswordChecks Passwords { get; init; } = PasswordChecks.For(Sweep.Time);

    /// <summary>Failed logins of clients.</summary>
    public LoginFailures LoginFailures { get; init; } = new(Sweep.Time, TimeSpan.FromSeconds(1));

    /// <summary>The pool's spool; null where it has none.</summary>
    public SpoolDoor? Spool { get; init; }

    /// <summary>How often clients connect.</summary>
    public ConnectionRate Connections { get; } = new(Sweep.Time);

    /// <summary>From which of the cluster's own addresses clients come.</summary>
    public HiddenClients HiddenClients { get; } = new(Sweep.Time);

    /// <summary>Hears what happens to messages; null where nobody wants to know.</summary>
    public TrackingLog? Tracking { get; init; }

    /// <summary>Takes over the claim on mail that was just stored; false where it cannot now.</summary>
    public Func<SpoolClaim, bool> HandOn { get; init; } = static _ => false;

    /// <summary>Room for one message that is on its way to a hub.</summary>
    public Func<MessageBody> NewBody => _newBody ??= () => new MessageBody(Memory, Temp, TempFolder);
}
