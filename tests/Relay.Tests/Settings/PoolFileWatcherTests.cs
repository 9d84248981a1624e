using System.Collections.Concurrent;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Settings;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Settings;

public sealed class PoolFileWatcherTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<PoolConfig> _applied = new();
    private readonly LineLogger<PoolFileWatcher> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private string? _refusal;
    private Task _running = Task.CompletedTask;

    [Fact]
    public async Task A_changed_file_is_applied()
    {
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(100));
        Watch(_folder.File("pool.yaml"));

        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(101));
        await Applied(101);
    }

    [Fact]
    public async Task A_file_replaced_by_another_one_of_the_same_length_is_applied()
    {
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(100));
        Watch(_folder.File("pool.yaml"));

        await File.WriteAllTextAsync(_folder.File("new"), Pool(102));
        File.Move(_folder.File("new"), _folder.File("pool.yaml"), overwrite: true);
        await Applied(102);
    }

    [Fact]
    public async Task A_folder_swapped_beneath_a_link_is_applied_as_Kubernetes_does_it()
    {
        Mount("1", 100);
        File.CreateSymbolicLink(_folder.File("..data"), _folder.File("1"));
        File.CreateSymbolicLink(_folder.File("pool.yaml"), Path.Combine("..data", "pool.yaml"));
        Watch(_folder.File("pool.yaml"));

        Mount("2", 103);
        File.CreateSymbolicLink(_folder.File("..data_tmp"), _folder.File("2"));
        await using (var rename = ChildProcess.Start("mv", "-T", _folder.File("..data_tmp"), _folder.File("..data")))
        {
            Assert.Equal(0, await rename.ExitAsync());
        }

        Directory.Delete(_folder.File("1"), recursive: true);
        await Applied(103);
    }

    [Fact]
    public async Task Of_a_file_with_faults_every_one_is_logged_and_nothing_is_applied_until_it_is_mended()
    {
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(100));
        var watcher = Watch(_folder.File("pool.yaml"));

        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(100).Replace("port: 2525", "port: 99999, prot: SMTP", StringComparison.Ordinal));
        await Eventually.True(() => watcher.Faults.Length == 2, "both faults are known");
        await Eventually.True(() => _log.Lines.Any(line => line.Contains("last good", StringComparison.Ordinal)), "the refusal is logged");
        Assert.All(watcher.Faults, fault => Assert.Contains(_log.Lines, line => line.Contains(fault, StringComparison.Ordinal)));
        Assert.Empty(_applied);

        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(104));
        await Applied(104);
        await Eventually.True(() => watcher.Faults.IsEmpty, "the faults are gone");
    }

    [Fact]
    public async Task A_file_that_is_gone_is_a_fault_and_the_last_good_one_stays_until_it_is_back()
    {
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(100));
        var watcher = Watch(_folder.File("pool.yaml"));

        File.Delete(_folder.File("pool.yaml"));
        await Eventually.True(() => watcher.Faults.Length == 1, "the file is missed");
        Assert.Empty(_applied);

        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(105));
        await Applied(105);
    }

    [Fact]
    public async Task What_the_relay_cannot_take_over_is_a_fault_too()
    {
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(100));
        var watcher = Watch(_folder.File("pool.yaml"));

        _refusal = "listener smtp cannot listen on 127.0.0.1:25: Permission denied";
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(106));
        await Eventually.True(() => watcher.Faults.Contains(_refusal), "the refusal is known");
    }

    [Fact]
    public async Task What_could_not_be_taken_over_is_when_it_can_be_and_was_complained_about_once()
    {
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(100));
        var watcher = Watch(_folder.File("pool.yaml"));
        _refusal = "listener smtp cannot listen on 127.0.0.1:25: Address already in use";
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(107));
        await Eventually.True(() => _applied.Count >= 3, "it is tried again");
        Assert.Single(_log.Lines, line => line.Contains(_refusal, StringComparison.Ordinal));

        _refusal = null;
        await Eventually.True(() => watcher.Faults.IsEmpty, "it is in force");
        var tries = _applied.Count;
        await File.WriteAllTextAsync(_folder.File("pool.yaml"), Pool(108));
        await Applied(108);
        Assert.Equal(tries + 1, _applied.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _folder.Dispose();
    }

    private PoolFileWatcher Watch(string path)
    {
        var watcher = new PoolFileWatcher(
            path,
            FilePrint.Of(path),
            config =>
            {
                _applied.Enqueue(config);
                return Task.FromResult(_refusal);
            },
            TimeProvider.System,
            _log);
        _running = watcher.RunAsync(_stop.Token);
        return watcher;
    }

    private Task Applied(int maxHops) => Eventually.True(() => _applied.LastOrDefault()?.Delivery.MaxHops == maxHops, $"{maxHops} is applied");

    private void Mount(string name, int maxHops)
    {
        Directory.CreateDirectory(_folder.File(name));
        File.WriteAllText(Path.Combine(_folder.File(name), "pool.yaml"), Pool(maxHops));
    }

    private static string Pool(int maxHops) => $$"""
        apiVersion: relayoperator.io/v1beta1
        kind: RelayPool
        metadata: { name: corp }
        spec:
          listeners: [{ name: smtp, port: 2525 }]
          access: [{ name: lob, clientCIDRs: [10.0.0.0/8] }]
          delivery: { maxHops: {{maxHops}} }
          hubs: { selector: { matchLabels: { pool: corp } } }
        """;
}
