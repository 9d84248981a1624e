namespace RelayOperator.Relay.Smtp;

/// <summary>What <see cref="HubReplyParser.TryParse"/> found.</summary>
public enum ReplyStatus
{
    /// <summary>Not whole yet; nothing was consumed.</summary>
    Incomplete,

    /// <summary>One whole reply.</summary>
    Reply,

    /// <summary>No SMTP reply, or longer than the bounds.</summary>
    Malformed,
}
