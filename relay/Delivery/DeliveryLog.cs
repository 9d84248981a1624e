using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Delivery;

/// <summary>What delivery has to say beyond the one line per transaction: hubs that did not do as asked.</summary>
public sealed partial class DeliveryLog(ILogger<DeliveryLog> logger)
{
    /// <summary>A hub's answer made the transaction look elsewhere or fail.</summary>
    public void HubAnswered(string transaction, string hub, HubPhase phase, HubAnswer answer)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            Answered(logger, transaction, hub, phase, answer.ToString());
        }
    }

    /// <summary>The message goes to another hub although this one may have it.</summary>
    public void PossibleDuplicate(string transaction, string hub, string answer) => Duplicate(logger, transaction, hub, answer);

    [LoggerMessage(2001, LogLevel.Information, "{Transaction}: hub {Hub} answered {Phase} with: {Answer}")]
    private static partial void Answered(ILogger logger, string transaction, string hub, HubPhase phase, string answer);

    [LoggerMessage(2002, LogLevel.Warning, "{Transaction}: possible duplicate, hub {Hub} gave no verdict after the final dot ({Answer})")]
    private static partial void Duplicate(ILogger logger, string transaction, string hub, string answer);
}
