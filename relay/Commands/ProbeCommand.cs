using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Hubs.Discovery;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay probe</c>: what the health probe sees, step by step.</summary>
public static class ProbeCommand
{
    private static readonly Option<HostPort> Hub = new("--hub")
    {
        Description = "Hub to probe.",
        HelpName = "HOST:PORT",
        Required = true,
        CustomParser = AddressArgument.Server,
    };

    private static readonly Option<ProbeDepth> Depth = new("--depth")
    {
        Description = "How far to go; each depth includes those before it. Recipient asks for postmaster, and sends no mail either. With --user the default is Auth.",
        DefaultValueFactory = _ => ProbeDepth.Tls,
    };

    private static readonly Option<HubTlsMode> Tls = new("--tls")
    {
        Description = "As in HubTransport: Opportunistic takes any certificate, Required and Implicit verify it.",
        DefaultValueFactory = _ => HubTlsMode.Opportunistic,
    };

    private static readonly Option<string> ServerName = new("--server-name")
    {
        Description = "Name that the certificate must have, where it is not the host's.",
        HelpName = "NAME",
    };

    private static readonly Option<FileInfo> CaFile = new Option<FileInfo>("--ca-file")
    {
        Description = "PEM file of the authorities to trust in place of the system's.",
        HelpName = "PEM",
    }.AcceptExistingOnly();

    private static readonly Option<string> User = new("--user")
    {
        Description = "Log in by this name; needs --password-file or --token-url, and --tls Required or Implicit.",
        HelpName = "NAME",
    };

    private static readonly Option<FileInfo> PasswordFile = new Option<FileInfo>("--password-file")
    {
        Description = "File whose first line is the password.",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private static readonly Option<string> TokenUrl = new("--token-url")
    {
        Description = "Log in by XOAUTH2 with a token of this endpoint; needs --client-id, --client-secret-file and --scope.",
        HelpName = "URL",
        Validators = { CheckUrl },
    };

    private static readonly Option<string> ClientId = new("--client-id")
    {
        Description = "The relay's name at the token endpoint.",
        HelpName = "ID",
    };

    private static readonly Option<FileInfo> ClientSecretFile = new Option<FileInfo>("--client-secret-file")
    {
        Description = "File whose first line is the client's secret.",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private static readonly Option<string> Scope = new("--scope")
    {
        Description = "What the token is asked for.",
        HelpName = "SCOPE",
    };

    private static readonly Option<FileInfo> TokenCaFile = new Option<FileInfo>("--token-ca-file")
    {
        Description = "PEM file of the authorities to trust for --token-url in place of the system's.",
        HelpName = "PEM",
    }.AcceptExistingOnly();

    private static readonly Option[] OfTokens = [ClientId, ClientSecretFile, Scope];

    private static readonly Option<string> Helo = new("--helo")
    {
        Description = "How to name ourselves.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "relay-probe.invalid",
    };

    private static readonly Option<int> Timeout = new("--timeout-seconds")
    {
        Description = "Time of each probe at most.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
        Validators = { result => SinkCommand.Positive(result, 1) },
    };

    public static Command Create()
    {
        var command = new Command("probe", "Show what the health probe sees of a hub, step by step.")
        {
            Hub, Depth, Tls, ServerName, CaFile, User, PasswordFile, TokenUrl, ClientId, ClientSecretFile, Scope, TokenCaFile, Helo, Timeout,
        };
        command.Validators.Add(CheckLogin);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, TimeProvider.System, cancellationToken));
        return command;
    }

    private static void CheckLogin(CommandResult result)
    {
        var (user, password, tokens) = (result.GetResult(User) is not null, result.GetResult(PasswordFile) is not null, result.GetResult(TokenUrl) is not null);
        if (user ? password == tokens : password || tokens)
        {
            result.AddError("--user goes together with exactly one of --password-file and --token-url.");
        }
        else if (OfTokens.Any(option => result.GetResult(option) is not null != tokens) || (result.GetResult(TokenCaFile) is not null && !tokens))
        {
            result.AddError("--token-url goes together with --client-id, --client-secret-file and --scope; --token-ca-file is for it alone.");
        }
        else if (user && result.GetValue(Tls) is not (HubTlsMode.Required or HubTlsMode.Implicit))
        {
            result.AddError("--user needs --tls Required or --tls Implicit: a password goes only to a hub whose certificate holds.");
        }
    }

    private static void CheckUrl(OptionResult result)
    {
        if (result.Tokens is [{ Value: var url }, ..] && TextFormats.Allowed(TextFormat.HttpsUrl, url) is { } allowed)
        {
            result.AddError($"--token-url takes {allowed}.");
        }
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider time, CancellationToken cancellationToken)
    {
        using var termination = new TerminationSignal(cancellationToken);
        var output = parsed.InvocationConfiguration.Output;
        try
        {
            var hub = await ReadHubAsync(parsed, termination.Token);
            using var sweep = new DeadlineSweep(time);
            var connector = new HubConnector(
                hub, HubResolver.Literal(hub).EndPoints[0].Address, parsed.GetRequiredValue(Helo), sweep, new HubTimeouts(), new AccessTokens(time, NullLogger<AccessTokens>.Instance));
            var limit = TimeSpan.FromSeconds(parsed.GetValue(Timeout));
            var deepest = parsed.GetResult(Depth) is { Implicit: true } && hub.Credentials is not null ? ProbeDepth.Auth : parsed.GetValue(Depth);
            var works = await ProbeTable.RunAsync(
                depth => HubProbe.RunAsync(connector, depth, time, limit, termination.Token).AsTask(), deepest, hub, output.WriteLine);
            return works ? 0 : 1;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"relay probe: {exception.Message}");
            return 1;
        }
    }

    private static async Task<HubConfig> ReadHubAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var hub = parsed.GetRequiredValue(Hub);
        var authorities = await TextAsync(parsed.GetValue(CaFile), cancellationToken);
        return new HubConfig
        {
            Name = "probed",
            Host = hub.Host,
            Port = hub.Port,
            Discovery = HubDiscovery.Static,
            Weight = 1,
            Tier = 0,
            Zone = "",
            State = HubAdministrativeState.Active,
            Tls = new HubTlsConfig(parsed.GetValue(Tls), parsed.GetValue(ServerName) ?? "", authorities, "", ""),
            Credentials = await ReadLoginAsync(parsed, cancellationToken),
            SendXclient = false,
            Limits = new HubLimitsConfig(MaxConnections: 1, MessagesPerMinute: 0, MaxMessagesPerConnection: 0, MaxConnectionAgeSeconds: 0),
        };
    }

    private static async Task<HubCredentialsConfig?> ReadLoginAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(User) is not { } user)
        {
            return null;
        }

        var password = FirstLine(await TextAsync(parsed.GetValue(PasswordFile), cancellationToken));
        return new HubCredentialsConfig(SaslMechanismName.Auto, user, password)
        {
            Oauth2 = parsed.GetValue(TokenUrl) is not { } url ? null : new HubOAuth2Config(
                url,
                parsed.GetValue(ClientId)!,
                FirstLine(await TextAsync(parsed.GetValue(ClientSecretFile), cancellationToken)),
                parsed.GetValue(Scope)!,
                await TextAsync(parsed.GetValue(TokenCaFile), cancellationToken)),
        };
    }

    private static async Task<string> TextAsync(FileInfo? file, CancellationToken cancellationToken) =>
        file is null ? "" : await File.ReadAllTextAsync(file.FullName, cancellationToken);

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd('\r');
}
