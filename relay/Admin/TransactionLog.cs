namespace RelayOperator.Relay.Admin;

/// <summary>
/// One line per transaction, with fields that one can filter by. What client and hub wrote themselves stands last, so that
/// nothing they write can pass for a field before it.
/// </summary>
public sealed partial class TransactionLog(ILogger<TransactionLog> logger)
{
    public void Transaction(in TransactionRecord record)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            Line(
                logger,
                record.Id,
                record.Result,
                record.Listener,
                record.Client,
                record.Rule,
                record.Recipients,
                record.Refused,
                record.Bytes,
                record.Hub,
                record.Attempts,
                Math.Round(record.Seconds, 4),
                record.Reason,
                record.Reply,
                record.User,
                record.Sender,
                record.Helo);
        }
    }

    [LoggerMessage(
        3001,
        LogLevel.Information,
        "{Id}: {Result} listener={Listener} client={Client} rule={Rule} recipients={Recipients} refused={Refused} bytes={Bytes} hub={Hub} attempts={Attempts} seconds={Seconds} reason=\"{Reason}\" reply=\"{Reply}\" user={User} from=<{Sender}> helo={Helo}")]
    private static partial void Line(
        ILogger logger,
        string id,
        string result,
        string listener,
        string client,
        string rule,
        int recipients,
        int refused,
        long bytes,
        string hub,
        int attempts,
        double seconds,
        string reason,
        string reply,
        string user,
        string sender,
        string helo);
}
