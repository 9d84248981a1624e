using System.Globalization;
using System.Text;
using System.Text.Json;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tests.Spool;
using RelayOperator.Relay.Tools;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Tools;

public sealed class QueueExportTests
{
    private const string Dots = "Subject: dots\r\n\r\n..\r\n...two\r\na.b\r\n\r\n..\r\n..end\r\n";

    [Fact]
    public async Task Messages_go_from_one_relay_to_another_byte_for_byte()
    {
        await using var hub = new ScriptedHub();
        await using var from = await StrandedAsync();
        await using var to = await SpoolRelay.StartAsync([hub]);
        using var folder = new TempFolder();
        var large = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Range(0, 80_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"..line {i} with something more on it\r\n")));
        Assert.True(large.Length > 3 << 20);
        var small = (await from.SendAsync(Dots, "MAIL FROM:<a@from.test> RET=FULL ENVID=e1", "<b@to.test> NOTIFY=FAILURE ORCPT=rfc822;x@to.test", "c@to.test"))[^1][^13..];
        var big = (await from.SendAsync(large))[^1][^13..];

        var exported = await ToolRun.StartAsync(Socket(from), "export", "--all", "--to", folder.Path);
        Assert.Equal((0, $"2 messages exported to {folder.Path}{Environment.NewLine}", ""), (exported.Code, exported.Output, exported.Error));
        Assert.Equal([$"{small}.eml", $"{small}.json", $"{big}.eml", $"{big}.json"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.EndsWith(Unstuffed(large), await File.ReadAllTextAsync(folder.File($"{big}.eml"), Encoding.Latin1), StringComparison.Ordinal);
        Assert.EndsWith(Unstuffed(Dots), await File.ReadAllTextAsync(folder.File($"{small}.eml"), Encoding.Latin1), StringComparison.Ordinal);
        Assert.Equal(2, from.Spool.Messages);

        var imported = await ToolRun.StartAsync(Socket(to), "import", folder.Path);
        Assert.Equal(0, imported.Code);
        Assert.Equal([$"{small}: imported", $"{big}: imported", "2 messages imported"], imported.Output.TrimEnd().Split(Environment.NewLine));
        await to.EmptyAsync();

        var (first, second) = (Assert.Single(hub.Messages, message => message.Recipients.Count == 2), Assert.Single(hub.Messages, message => message.Recipients.Count == 1));
        Assert.Equal(await File.ReadAllTextAsync(folder.File($"{small}.eml"), Encoding.Latin1), first.Content);
        Assert.Equal(await File.ReadAllTextAsync(folder.File($"{big}.eml"), Encoding.Latin1), second.Content);
        Assert.Contains("RET=FULL ENVID=e1", first.Mail, StringComparison.Ordinal);
        Assert.Equal(["RCPT TO:<b@to.test> NOTIFY=FAILURE ORCPT=rfc822;x@to.test", "RCPT TO:<c@to.test>"], first.Recipients);
    }

    [Fact]
    public async Task What_was_exported_and_imported_is_exported_the_same()
    {
        await using var from = await ServedSpool.StartAsync();
        await using var to = await ServedSpool.StartAsync();
        var id = await from.AddAsync(recipient: "c@partner.test", state: RecipientState.Held, age: TimeSpan.FromHours(1), body: Dots);

        Assert.Equal(0, (await from.RunAsync("export", id, "--to", from.Exports)).Code);
        Assert.Equal(0, (await to.RunAsync("import", Path.Combine(from.Exports, $"{id}.eml"))).Code);
        Assert.Equal(0, (await to.RunAsync("export", "--state", "Held", "--to", to.Exports)).Code);

        Assert.Equal(Unstuffed(Dots), await File.ReadAllTextAsync(Path.Combine(to.Exports, $"{id}.eml"), Encoding.Latin1));
        var (before, after) = (await EnvelopeAsync(from, id), await EnvelopeAsync(to, id));
        // The relay that takes it decides about its route, and its size is counted anew.
        Assert.Equal(("default", "partners"), (before.Recipients[0].Route, after.Recipients[0].Route));
        Assert.Equal(before.Recipients[0] with { Route = "partners" }, after.Recipients[0]);
        Assert.Equal(before.Content, after.Content);
        Assert.Equal(
            before with { Recipients = [], Attempts = [], Size = 0 },
            after with { Recipients = [], Attempts = [], Size = 0 });
    }

    [Fact]
    public async Task A_known_id_is_skipped_and_changes_nothing()
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();
        await served.RunAsync("export", id, "--to", served.Exports);
        await served.RunAsync("hold", id);

        var run = await served.RunAsync("import", served.Exports);

        Assert.Equal((0, $"{id}: known already, skipped{Environment.NewLine}0 messages imported, 1 known already{Environment.NewLine}"), (run.Code, run.Output));
        Assert.Equal(RecipientState.Held, await served.StateAsync(id));
    }

    [Fact]
    public async Task A_damaged_pair_is_named_and_the_others_are_imported()
    {
        await using var from = await ServedSpool.StartAsync();
        await using var to = await ServedSpool.StartAsync();
        string[] ids = [await from.AddAsync(), await from.AddAsync(), await from.AddAsync(), await from.AddAsync(), await from.AddAsync(), await from.AddAsync()];
        await from.RunAsync("export", "--all", "--to", from.Exports);
        await File.AppendAllTextAsync(Content(0), "more\r\n");
        await File.WriteAllTextAsync(Envelope(1), "{\"formatVersion\": 1,");
        File.Delete(Content(2));
        File.Delete(Envelope(3));
        await File.WriteAllTextAsync(Envelope(4), (await File.ReadAllTextAsync(Envelope(4))).Replace("\"formatVersion\": 1", "\"formatVersion\": 2", StringComparison.Ordinal));

        var run = await to.RunAsync("import", from.Exports);

        Assert.Equal(1, run.Code);
        Assert.Equal([$"{ids[5]}: imported", "1 message imported, 5 failed"], run.Output.TrimEnd().Split(Environment.NewLine));
        Assert.Equal(1, to.Spool.Statistics.Messages);
        var faults = run.Error.TrimEnd().Split(Environment.NewLine);
        Assert.Contains($"{Envelope(0)}: its content has 27 bytes with SHA-256", faults[0], StringComparison.Ordinal);
        Assert.Contains($"{Envelope(1)} is damaged, or no envelope", faults[1], StringComparison.Ordinal);
        Assert.Contains($"{Content(2)} is missing, which belongs to {Envelope(2)}", faults[2], StringComparison.Ordinal);
        Assert.Contains($"{Envelope(3)} is missing, which belongs to {Content(3)}", faults[3], StringComparison.Ordinal);
        Assert.Contains($"{Envelope(4)}: formatVersion 2 is not known here", faults[4], StringComparison.Ordinal);

        string Content(int i) => Path.Combine(from.Exports, $"{ids[i]}.eml");
        string Envelope(int i) => Path.Combine(from.Exports, $"{ids[i]}.json");
    }

    [Theory]
    [InlineData("\"mail\": \"FROM:<a@from.test> RET=HDRS\"", "\"mail\": \"a@from.test\"", "mail: 'a@from.test' is no argument of MAIL")]
    [InlineData("\"rcpt\": \"TO:<b@to.test> NOTIFY=NEVER\"", "\"rcpt\": \"TO:<b@to.test>\\r\\nDATA\"", "is no argument of RCPT")]
    [InlineData("\"client\": \"10.20.0.7\"", "\"client\": \"here\"", "client: 'here' is no IP address")]
    [InlineData("\"protocol\": \"ESMTP\"", "\"protocol\": \"LMTP\"", "protocol: 'LMTP'")]
    [InlineData("\"helo\": \"erp\"", "\"helo\": \"erp\\r\\nDATA\"", "texts of one line")]
    [InlineData("\"state\": \"Waiting\"", "\"state\": \"Lost\"", "is damaged, or no envelope")]
    public async Task An_envelope_that_says_nonsense_is_refused(string part, string nonsense, string expected)
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();
        await served.RunAsync("export", id, "--to", served.Exports);
        await served.RunAsync("delete", id, "--yes");
        var file = Path.Combine(served.Exports, $"{id}.json");
        var envelope = await File.ReadAllTextAsync(file);
        Assert.Contains(part, envelope, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, envelope.Replace(part, nonsense, StringComparison.Ordinal));

        var run = await served.RunAsync("import", file);

        Assert.Equal(1, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal(0, served.Spool.Statistics.Messages);
    }

    [Theory]
    [InlineData("SMTP")]
    [InlineData("SMTPS")]
    [InlineData("ESMTPS")]
    [InlineData("ESMTPA")]
    [InlineData("ESMTPSA")]
    public async Task An_envelope_is_taken_whatever_it_came_by(string protocol)
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();
        await served.RunAsync("export", id, "--to", served.Exports);
        await served.RunAsync("delete", id, "--yes");
        var file = Path.Combine(served.Exports, $"{id}.json");
        var envelope = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, envelope.Replace("\"protocol\": \"ESMTP\"", $"\"protocol\": \"{protocol}\"", StringComparison.Ordinal));

        Assert.Equal(0, (await served.RunAsync("import", file)).Code);

        Assert.Contains($"protocol={protocol} ", (await served.RunAsync("show", id)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_content_that_was_changed_on_purpose_is_taken_without_its_print()
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();
        await served.RunAsync("export", id, "--to", served.Exports);
        await served.RunAsync("delete", id, "--yes");
        var envelope = await EnvelopeAsync(served, id);
        await File.WriteAllBytesAsync(Path.Combine(served.Exports, $"{id}.json"), JsonSerializer.SerializeToUtf8Bytes(envelope with { Content = null }, QueueJson.Page.QueuedMessage));
        await File.WriteAllTextAsync(Path.Combine(served.Exports, $"{id}.eml"), "Subject: y\n\n.\nlast line");

        Assert.Equal(0, (await served.RunAsync("import", served.Exports)).Code);
        await served.RunAsync("export", id, "--to", served.Exports);

        Assert.Equal("Subject: y\r\n\r\n.\r\nlast line\r\n", await File.ReadAllTextAsync(Path.Combine(served.Exports, $"{id}.eml")));
    }

    [Fact]
    public async Task An_unknown_id_is_not_exported()
    {
        await using var served = await ServedSpool.StartAsync();
        var run = await served.RunAsync("export", "0000000000000", "--to", served.Exports);
        Assert.Equal(1, run.Code);
        Assert.Contains("0000000000000: no such message", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(served.Exports));
    }

    private static async Task<QueuedMessage> EnvelopeAsync(ServedSpool served, string id) =>
        JsonSerializer.Deserialize(await File.ReadAllBytesAsync(Path.Combine(served.Exports, $"{id}.json")), QueueJson.Line.QueuedMessage)!;

    private static string Unstuffed(string wire) => wire.Replace("\r\n.", "\r\n", StringComparison.Ordinal);

    private static string Socket(SpoolRelay relay) => Path.Combine(relay.Folder, SocketPath.FileName);

    private static Task<SpoolRelay> StrandedAsync() =>
        SpoolRelay.StartAsync([], config => config with { Delivery = config.Delivery with { Mode = DeliveryMode.StoreAndForward } });
}
