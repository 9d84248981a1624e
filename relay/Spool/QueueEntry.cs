namespace RelayOperator.Relay.Spool;

/// <summary>A spooled message as the queue tools see it.</summary>
/// <param name="Message">The envelope.</param>
/// <param name="Recipients">Who is left.</param>
/// <param name="Attempts">What was tried; empty where only a list was asked for.</param>
public sealed record QueueEntry(SpoolMessage Message, IReadOnlyList<SpoolRecipient> Recipients, IReadOnlyList<AttemptNote> Attempts);
