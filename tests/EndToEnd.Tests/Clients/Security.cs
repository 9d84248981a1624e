namespace RelayOperator.EndToEnd.Tests.Clients;

/// <summary>How a client secures its connection.</summary>
public enum Security
{
    None,
    StartTls,
    Smtps,
}
