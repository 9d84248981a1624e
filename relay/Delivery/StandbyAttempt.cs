using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>A transaction left open at a hub that took some recipients, while another hub is asked about the rest.</summary>
/// <param name="Attempt">Where it is open; whoever does not fall back on it releases it.</param>
/// <param name="Replies">What each new recipient hears if nobody does better.</param>
public sealed record StandbyAttempt(HubAttempt Attempt, SmtpReply[] Replies);
