namespace RelayOperator.Relay.Authentication;

/// <summary>What came of a comparison of a password.</summary>
public enum PasswordVerdict
{
    Right,

    /// <summary>The password is another one, or nobody has the name.</summary>
    Wrong,

    /// <summary>Too many wait for theirs: 454 4.7.0.</summary>
    Busy,
}
