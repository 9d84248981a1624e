namespace RelayOperator.Relay.Smtp;

/// <summary>Where a session is in the order of RFC 5321 §4.1.4.</summary>
public enum SessionState
{
    /// <summary>Connected, neither HELO nor EHLO yet.</summary>
    Connected,

    /// <summary>Between transactions.</summary>
    Greeted,

    /// <summary>MAIL accepted, no recipient yet.</summary>
    Mail,

    /// <summary>At least one recipient accepted.</summary>
    Recipients,

    /// <summary>At least one BDAT chunk received, the last one not yet.</summary>
    Bdat,
}
