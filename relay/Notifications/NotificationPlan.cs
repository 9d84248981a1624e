using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Notifications;

/// <summary>
/// Decides who is told about what happened to a recipient. Each notification has the null sender, so that one that
/// fails goes to the postmaster, and one that fails there is kept as a dead letter: no mail ever answers itself
/// (RFC 5321 §4.5.5, RFC 3461 §6.1).
/// </summary>
/// <param name="mode">The pool's <c>delivery.notifications</c>.</param>
/// <param name="postmaster">The pool's <c>postmaster</c>; "" for none.</param>
public sealed class NotificationPlan(NotificationMode mode, string postmaster)
{
    /// <param name="kind">What happened.</param>
    /// <param name="sender">The reverse path; "" for the null sender.</param>
    /// <param name="recipient">Whom the mail was for.</param>
    /// <param name="notify">What the client asked for at this recipient.</param>
    public NotificationTarget For(NotificationKind kind, string sender, string recipient, NotifyWhen notify)
    {
        if (!IsWanted(kind, notify))
        {
            return NotificationTarget.Nobody;
        }

        if (kind != NotificationKind.Failure)
        {
            // Nothing is lost yet: only who may answer a sender is told, and no dead letter is left.
            return sender.Length == 0 ? NotificationTarget.Nobody
                : mode == NotificationMode.Sender ? NotificationTarget.Sender
                : mode == NotificationMode.Postmaster && CanTellPostmaster(recipient) ? NotificationTarget.Postmaster
                : NotificationTarget.Nobody;
        }

        return mode switch
        {
            NotificationMode.Sender when sender.Length != 0 => NotificationTarget.Sender,
            NotificationMode.Sender or NotificationMode.Postmaster when CanTellPostmaster(recipient) => NotificationTarget.Postmaster,
            _ => NotificationTarget.DeadLetter,
        };
    }

    private static bool IsWanted(NotificationKind kind, NotifyWhen notify) => kind switch
    {
        NotificationKind.Failure => notify == NotifyWhen.Unspecified || notify.HasFlag(NotifyWhen.Failure),
        NotificationKind.Delay => notify == NotifyWhen.Unspecified || notify.HasFlag(NotifyWhen.Delay),
        _ => notify.HasFlag(NotifyWhen.Success),
    };

    // What could not reach the postmaster is no news that could reach the postmaster.
    private bool CanTellPostmaster(string recipient) =>
        postmaster.Length != 0 && !postmaster.Equals(recipient, StringComparison.OrdinalIgnoreCase);
}
