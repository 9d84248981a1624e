using System.Text;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Tracking;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Tracking;

public sealed class TrackingFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_named_by_its_time_and_lines_follow_each_other()
    {
        using var files = new TrackingFiles(_folder.File("made"), 100, 3, _time);
        Write(files, "one\n");
        Write(files, "two\n");
        Assert.Equal(["tracking-20261124T100000.000Z.jsonl"], Names("made"));
        Assert.Equal("one\ntwo\n", Text("made", 0));
    }

    [Fact]
    public void At_its_size_another_file_begins_and_the_oldest_goes()
    {
        using var files = new TrackingFiles(_folder.Path, 10, 3, _time);
        for (var i = 0; i < 12; i++)
        {
            Write(files, $"{i:D3}\n");
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(
            ["tracking-20261124T100600.000Z.jsonl", "tracking-20261124T100800.000Z.jsonl", "tracking-20261124T101000.000Z.jsonl"], Names());
        Assert.Equal(["006\n007\n", "008\n009\n", "010\n011\n"], [Text("", 0), Text("", 1), Text("", 2)]);
    }

    [Fact]
    public void Lines_larger_than_a_file_get_one_of_their_own()
    {
        using var files = new TrackingFiles(_folder.Path, 10, 3, _time);
        Write(files, "a line of more than ten\n");
        Write(files, "two\n");
        Assert.Equal(["a line of more than ten\n", "two\n"], [Text("", 0), Text("", 1)]);
    }

    [Fact]
    public void A_clock_that_stands_or_goes_back_leaves_the_files_in_order()
    {
        using (var files = new TrackingFiles(_folder.Path, 1, 3, _time))
        {
            Write(files, "one\n");
            Write(files, "two\n");
        }

        var earlier = new FakeTimeProvider(_time.GetUtcNow().AddHours(-1));
        using var later = new TrackingFiles(_folder.Path, 1, 2, earlier);
        Write(later, "three\n");
        Assert.Equal(["tracking-20261124T100000.001Z.jsonl", "tracking-20261124T100000.002Z.jsonl"], Names());
        Assert.Equal("three\n", Text("", 1));
    }

    [Fact]
    public void After_a_restart_the_newest_file_goes_on_and_a_torn_line_stays_alone()
    {
        using (var files = new TrackingFiles(_folder.Path, 100, 3, _time))
        {
            Write(files, "one\nto");
        }

        _time.Advance(TimeSpan.FromHours(1));
        using var again = new TrackingFiles(_folder.Path, 100, 3, _time);
        Write(again, "two\n");
        Assert.Equal("one\nto\ntwo\n", Text("", 0));
        Assert.Single(Names());
    }

    [Fact]
    public void A_restart_with_a_full_file_begins_another_one()
    {
        using (var files = new TrackingFiles(_folder.Path, 4, 3, _time))
        {
            Write(files, "one\n");
        }

        using var again = new TrackingFiles(_folder.Path, 4, 3, _time);
        Write(again, "two\n");
        Assert.Equal(2, Names().Length);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_fails_each_write_until_it_can()
    {
        File.WriteAllText(_folder.File("taken"), "");
        using var files = new TrackingFiles(_folder.File("taken"), 100, 3, _time);
        Assert.ThrowsAny<IOException>(() => Write(files, "one\n"));
        Assert.ThrowsAny<IOException>(() => Write(files, "one\n"));
        File.Delete(_folder.File("taken"));
        Write(files, "one\n");
        Assert.Equal("one\n", Text("taken", 0));
    }

    [Fact]
    public void Other_files_of_the_folder_are_left_alone()
    {
        File.WriteAllText(_folder.File("notes.jsonl"), "");
        using var files = new TrackingFiles(_folder.Path, 1, 1, _time);
        Write(files, "one\n");
        Write(files, "two\n");
        Assert.Equal("two\n", Text("", 0));
        Assert.Single(Names());
        Assert.True(File.Exists(_folder.File("notes.jsonl")));
    }

    private static void Write(TrackingFiles files, string lines) => files.Write(Encoding.UTF8.GetBytes(lines));

    private string?[] Names(string folder = "") => [.. TrackingFiles.In(_folder.File(folder)).Select(Path.GetFileName)];

    private string Text(string folder, int file)
    {
        using var reader = new StreamReader(new FileStream(
            TrackingFiles.In(_folder.File(folder))[file], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }
}
