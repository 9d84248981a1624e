namespace RelayOperator.Relay.Health;

/// <summary>What is thought of a hub.</summary>
public enum HubHealthState
{
    /// <summary>Never heard: takes mail until something speaks against it.</summary>
    Unknown,

    Healthy,

    /// <summary>Silent where it should answer: no new mail until a probe clears or condemns it.</summary>
    Suspect,

    /// <summary>Failed under traffic: out for a time that doubles.</summary>
    Ejected,

    /// <summary>Probes fail.</summary>
    Down,
}
