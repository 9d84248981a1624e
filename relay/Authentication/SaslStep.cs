namespace RelayOperator.Relay.Authentication;

/// <summary>What a mechanism wants next.</summary>
public enum SaslStepKind
{
    /// <summary>The challenge goes to the client, and its answer comes back.</summary>
    Challenge,

    /// <summary>A name and a password are to be compared with what is known.</summary>
    Check,

    /// <summary>The client is the user of the name.</summary>
    Succeeded,

    /// <summary>The client is not who it says.</summary>
    Failed,

    /// <summary>What it sent is not of the mechanism.</summary>
    Malformed,
}

/// <summary>One step of an exchange.</summary>
public sealed class SaslStep
{
    private SaslStep(SaslStepKind kind) => Kind = kind;

    public static SaslStep Failed { get; } = new(SaslStepKind.Failed);

    public static SaslStep Malformed { get; } = new(SaslStepKind.Malformed);

    public SaslStepKind Kind { get; }

    /// <summary>Octets for the client.</summary>
    public byte[] Challenge { get; private init; } = [];

    /// <summary>Who the client says it is.</summary>
    public string Name { get; private init; } = "";

    /// <summary>How it wants to show that.</summary>
    public string Password { get; private init; } = "";

    /// <summary>Leaves out what was said.</summary>
    public override string ToString() => $"{Kind}";

    public static SaslStep Ask(byte[] challenge) => new(SaslStepKind.Challenge) { Challenge = challenge };

    public static SaslStep Check(string name, string password) => new(SaslStepKind.Check) { Name = name, Password = password };

    public static SaslStep Succeeded(string name) => new(SaslStepKind.Succeeded) { Name = name };
}
