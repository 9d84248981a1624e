namespace RelayOperator.Relay.Admin;

/// <summary>One line per transaction, with fields that one can filter by.</summary>
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
                record.Helo,
                record.Sender,
                record.Recipients,
                record.Bytes,
                record.Hub,
                record.Attempts,
                Math.Round(record.Seconds, 4),
                record.Reason,
                record.Reply);
        }
    }

    [LoggerMessage(
        3001,
        LogLevel.Information,
        "{Id}: {Result} listener={Listener} client={Client} rule={Rule} helo={Helo} from=<{Sender}> recipients={Recipients} bytes={Bytes} hub={Hub} attempts={Attempts} seconds={Seconds} reason=\"{Reason}\" reply=\"{Reply}\"")]
    private static partial void Line(
        ILogger logger,
        string id,
        string result,
        string listener,
        string client,
        string rule,
        string helo,
        string sender,
        int recipients,
        long bytes,
        string hub,
        int attempts,
        double seconds,
        string reason,
        string reply);
}
