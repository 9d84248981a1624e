using System.Net;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Access;

/// <summary>One session's place under all limits; moves with the client where a proxy tells in the session whom it speaks for.</summary>
public sealed class ClientPlace(Admission admission) : IDisposable
{
    private AdmissionTicket? _ticket;

    /// <summary>Takes a place for a client, and gives up the one before; where it is not admitted there is none.</summary>
    /// <param name="client">Whose place it is.</param>
    /// <param name="rule">The rule that covers it; null for none.</param>
    /// <param name="mayLackRule">It is let in without a rule, to relay nothing.</param>
    /// <param name="limits">The pool's limits.</param>
    public AdmissionResult Take(IPAddress client, AccessRule? rule, bool mayLackRule, LimitsConfig limits)
    {
        Dispose();
        return rule is null && !mayLackRule ? AdmissionResult.NobodyMayRelay : admission.TryAdmit(client, rule, limits, out _ticket);
    }

    public void Dispose()
    {
        _ticket?.Dispose();
        _ticket = null;
    }
}
