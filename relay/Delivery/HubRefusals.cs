using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// What one transaction's failed attempts say about their hubs. Refusals count against a hub only when another one
/// takes the same mail; a connection that breaks while the body is under way counts against the hub only if no second
/// one breaks at the same message, for then it is the message.
/// </summary>
public sealed class HubRefusals(DeliveryServices services, string sender)
{
    private List<Hub>? _refused;
    private Hub? _broke;

    /// <summary>Two hubs broke off at this message: it is not to be offered to a third.</summary>
    public bool MessageBreaksHubs { get; private set; }

    /// <summary>Records what an answer in a phase says about the hub.</summary>
    public void Record(Hub hub, HubPhase phase, HealthEffect effect, string reason)
    {
        services.Metrics.HubAttempt(hub.Name, ResultOf(effect));
        switch (effect)
        {
            case HealthEffect.Broken when phase is HubPhase.Body or HubPhase.Dot:
                MessageBreaksHubs |= _broke is not null && !ReferenceEquals(_broke, hub);
                _broke ??= hub;
                break;
            case HealthEffect.Throttle:
                hub.Concurrency.Throttle();
                hub.Penalize();
                if (phase <= HubPhase.Banner && hub.InFlight <= 1)
                {
                    // No other connection to it works either: then it is not a limit but a hub that rests.
                    services.Ejections.Failed(hub, FailureKind.ConnectFailed, reason);
                }

                Refused(hub);
                break;
            case HealthEffect.Refusal:
                hub.Penalize();
                Refused(hub);
                break;
            case HealthEffect.TimedOut:
                hub.Concurrency.Throttle();
                services.Ejections.Failed(hub, FailureKind.TimedOut, reason);
                break;
            case HealthEffect.None or HealthEffect.Good:
                break;
            default:
                services.Ejections.Failed(hub, KindOf(effect), reason);
                break;
        }
    }

    /// <summary>A second hub refuses likewise: that is about the mail, and counts against nobody.</summary>
    public void Agreed() => _refused?.Clear();

    /// <summary>The message was delivered: whoever refused it, or broke at it alone, is charged now.</summary>
    /// <param name="hub">Who took it.</param>
    /// <param name="onTrial">The hub was out when it was asked.</param>
    public void DeliveredBy(Hub hub, bool onTrial)
    {
        services.Metrics.HubAttempt(hub.Name, "ok");
        hub.CountDelivered();
        hub.Health.Succeeded(onTrial);
        hub.Concurrency.Succeeded();
        services.Comparison.Accepted(hub);
        if (_refused is not null)
        {
            foreach (var refused in _refused)
            {
                if (!ReferenceEquals(refused, hub))
                {
                    services.Comparison.Record(refused, sender);
                }
            }
        }

        if (_broke is not null && !ReferenceEquals(_broke, hub))
        {
            services.Ejections.Failed(_broke, FailureKind.Reset, "broke off in the body of a message that another hub took");
        }
    }

    // A transaction counts once against a hub, however often the hub refused it.
    private void Refused(Hub hub)
    {
        _refused ??= [];
        if (!_refused.Contains(hub))
        {
            _refused.Add(hub);
        }
    }

    private static FailureKind KindOf(HealthEffect effect) => effect switch
    {
        HealthEffect.ConnectRefused => FailureKind.ConnectRefused,
        HealthEffect.ConnectFailed => FailureKind.ConnectFailed,
        HealthEffect.TlsOrAuth => FailureKind.TlsOrAuth,
        HealthEffect.ProtocolError => FailureKind.ProtocolError,
        _ => FailureKind.Reset,
    };

    private static string ResultOf(HealthEffect effect) => effect switch
    {
        HealthEffect.ConnectRefused or HealthEffect.ConnectFailed => "connect_failed",
        HealthEffect.TimedOut => "timed_out",
        HealthEffect.Broken => "broken",
        HealthEffect.ProtocolError => "protocol_error",
        HealthEffect.TlsOrAuth => "tls_or_auth",
        _ => "refused",
    };
}
