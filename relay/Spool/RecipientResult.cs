namespace RelayOperator.Relay.Spool;

/// <summary>What becomes of one recipient.</summary>
/// <param name="Number">Its place within the message.</param>
/// <param name="After">As it stands from now on; null where it is done with, delivered or given up: it is deleted, and with the last one the message.</param>
public readonly record struct RecipientResult(int Number, SpoolRecipient? After);
