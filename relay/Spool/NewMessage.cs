namespace RelayOperator.Relay.Spool;

/// <summary>A message to be committed.</summary>
/// <param name="Message">The envelope; says how many chunks were appended before.</param>
/// <param name="Recipients">At least one, each with its state.</param>
/// <param name="Body">The whole body where it is one chunk and was not appended before; empty otherwise.</param>
public sealed record NewMessage(SpoolMessage Message, IReadOnlyList<SpoolRecipient> Recipients, ReadOnlyMemory<byte> Body);
