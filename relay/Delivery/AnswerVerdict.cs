using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>One cell of the answer table.</summary>
/// <param name="Step">How the transaction goes on.</param>
/// <param name="Effect">What it says about the hub's health.</param>
/// <param name="ForClient">What the client hears if the transaction ends with this answer; null where it proceeds.</param>
public readonly record struct AnswerVerdict(AnswerStep Step, HealthEffect Effect, SmtpReply? ForClient);
