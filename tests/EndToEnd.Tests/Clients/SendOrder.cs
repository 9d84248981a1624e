namespace RelayOperator.EndToEnd.Tests.Clients;

/// <summary>One message that a client is to send to 127.0.0.1, whose certificate names localhost.</summary>
/// <param name="Port">Where.</param>
/// <param name="Security">How the connection is secured.</param>
/// <param name="Mechanism">How it logs in, PLAIN or LOGIN; "" for not at all.</param>
/// <param name="Sender">Whom it names in MAIL.</param>
/// <param name="Authority">File with the authority whose certificates it believes.</param>
/// <param name="Message">File with the message.</param>
internal sealed record SendOrder(int Port, Security Security, string Mechanism, string Sender, string Authority, string Message)
{
    public const string Recipient = "user@corp.example";
    public const string User = "app";
    public const string Password = "swordfish";
}
