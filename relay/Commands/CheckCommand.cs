using System.CommandLine;
using System.Net;
using RelayOperator.Api;
using RelayOperator.Relay.Checks;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay check</c>: what a pool would answer a client, and which rule decides.</summary>
public static class CheckCommand
{
    private const int Refused = 1;
    private const int BadFile = 2;

    private static readonly Option<FileInfo> Pool = new Option<FileInfo>("--pool")
    {
        Description = "File with the RelayPool, as for relay run.",
        HelpName = "FILE",
        Required = true,
    }.AcceptExistingOnly();

    private static readonly Option<IPAddress> Client = new("--client")
    {
        Description = "The client's address.",
        HelpName = "IP",
        Required = true,
        CustomParser = AddressArgument.Address,
    };

    private static readonly Option<string> Certificate = new("--certificate")
    {
        Description = "A name in its client certificate, taken as verified.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> User = new("--user")
    {
        Description = "Who it has authenticated as; the password is not asked for.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> From = new("--from")
    {
        Description = "The sender's address; <> for the null sender.",
        HelpName = "ADDRESS",
        Required = true,
    };

    private static readonly Option<string[]> To = new("--to")
    {
        Description = "A recipient's address; may stand several times.",
        HelpName = "ADDRESS",
        Required = true,
    };

    private static readonly Option<long> Size = new("--size")
    {
        Description = "Octets of the message, as a client announces them.",
        HelpName = "N",
    };

    public static Command Create()
    {
        var command = new Command("check", "Say whether a client may send something, and which rule decides. Nothing is sent.")
        {
            Pool, Client, Certificate, User, From, To, Size,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var loaded = PoolFile.Load(parsed.GetRequiredValue(Pool).FullName);
        if (loaded.Config is not { } config)
        {
            foreach (var fault in loaded.Faults)
            {
                error.WriteLine(fault);
            }

            return BadFile;
        }

        var question = new RelayQuestion(
            parsed.GetRequiredValue(Client), parsed.GetValue(Certificate)!, parsed.GetValue(User)!, Bare(parsed.GetRequiredValue(From)), [.. parsed.GetRequiredValue(To).Select(Bare)], parsed.GetValue(Size));
        var verdict = RelayCheck.Of(config, question);
        foreach (var step in verdict.Steps)
        {
            output.WriteLine(step.Command.Length == 0 ? $"{step.Reply}: {step.Reason}" : $"{step.Command} -> {(step.Reply.Length == 0 ? "as the hub says" : step.Reply)}: {step.Reason}");
        }

        output.WriteLine(verdict.IsRefused ? "refused" : "allowed");
        return verdict.IsRefused ? Refused : 0;
    }

    private static string Bare(string address) => address.StartsWith('<') && address.EndsWith('>') ? address[1..^1] : address;
}
