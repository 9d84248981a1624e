namespace RelayOperator.Relay.Spool;

/// <summary>One try to deliver, kept with the message as long as that is spooled; of many the first and the latest are kept.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Route">By which route.</param>
/// <param name="Hub">The last hub that was asked; "" for none.</param>
/// <param name="Reply">Its own words, or the fault.</param>
/// <param name="Recipients">Places of the recipients that it was about.</param>
public sealed record AttemptNote(DateTimeOffset At, string Route, string Hub, string Reply, IReadOnlyList<int> Recipients);
