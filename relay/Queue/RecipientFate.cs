using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Queue;

/// <summary>What a try means for one recipient, before anybody is told.</summary>
/// <param name="Recipient">As it stood when it was claimed.</param>
/// <param name="Kind">What happens to it.</param>
/// <param name="After">As it stands if it stays in the spool: changed where there was a try.</param>
/// <param name="Reason">Why it failed where no hub said so; "" otherwise.</param>
public sealed record RecipientFate(SpoolRecipient Recipient, FateKind Kind, SpoolRecipient After, string Reason = "");
