namespace RelayOperator.Relay.Tools;

/// <summary>What there was in all.</summary>
/// <param name="Messages">Messages that were listed, counted or changed; of an import 1, or 0 where it was known already.</param>
/// <param name="Unchanged">Messages at which nothing was to be done.</param>
/// <param name="More">There are more than the limit let through.</param>
public sealed record QueueEnd(long Messages, long Unchanged, bool More);
