using System.Collections.Immutable;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// The tables, as steps from one version to the next. A step is never changed once it was released: a new one is added.
/// Each runs in a transaction of its own with its version, so that a crash leaves either version whole.
/// </summary>
internal sealed record SqliteSchema(ImmutableArray<string> Steps)
{
    /// <summary>What this program writes.</summary>
    public static SqliteSchema Current { get; } = new([FirstVersion, HandOver]);

    // "RelO": tells a spool from any other SQLite file.
    private const int ApplicationId = 0x52656C4F;

    private const string FirstVersion =
        """
        CREATE TABLE message(
          n INTEGER PRIMARY KEY,
          received INTEGER NOT NULL,
          mail TEXT NOT NULL,
          client TEXT NOT NULL,
          helo TEXT NOT NULL,
          protocol TEXT NOT NULL,
          listener TEXT NOT NULL,
          message_id TEXT NOT NULL,
          content_bytes INTEGER NOT NULL,
          wire_bytes INTEGER NOT NULL,
          chunks INTEGER NOT NULL,
          body_sum INTEGER NOT NULL,
          recipients INTEGER NOT NULL,
          crashes INTEGER NOT NULL DEFAULT 0,
          sum INTEGER NOT NULL);
        CREATE TABLE recipient(
          message INTEGER NOT NULL,
          r INTEGER NOT NULL,
          rcpt TEXT NOT NULL,
          domain TEXT NOT NULL,
          route TEXT NOT NULL,
          fixed INTEGER NOT NULL,
          lane INTEGER NOT NULL,
          state INTEGER NOT NULL,
          due INTEGER NOT NULL,
          attempts INTEGER NOT NULL,
          reply TEXT NOT NULL,
          hub TEXT NOT NULL,
          last INTEGER NOT NULL,
          flags INTEGER NOT NULL,
          sum INTEGER NOT NULL,
          PRIMARY KEY(message, r)) WITHOUT ROWID;
        CREATE INDEX due ON recipient(route, lane, due) WHERE state = 0;
        CREATE INDEX aside ON recipient(state) WHERE state <> 0;
        CREATE TABLE chunk(
          message INTEGER NOT NULL,
          k INTEGER NOT NULL,
          sum INTEGER NOT NULL,
          bytes BLOB NOT NULL,
          PRIMARY KEY(message, k));
        CREATE TABLE draft(message INTEGER PRIMARY KEY);
        CREATE TABLE attempt(
          message INTEGER NOT NULL,
          at INTEGER NOT NULL,
          route TEXT NOT NULL,
          hub TEXT NOT NULL,
          reply TEXT NOT NULL,
          recipients TEXT NOT NULL);
        CREATE INDEX attempts ON attempt(message, at);
        CREATE TABLE total(
          messages INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          s0 INTEGER NOT NULL, s1 INTEGER NOT NULL, s2 INTEGER NOT NULL, s3 INTEGER NOT NULL,
          s4 INTEGER NOT NULL, s5 INTEGER NOT NULL, s6 INTEGER NOT NULL, s7 INTEGER NOT NULL);
        INSERT INTO total VALUES(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        CREATE TABLE seal(token INTEGER NOT NULL, sequence INTEGER NOT NULL)
        """;

    private const string HandOver =
        """
        CREATE TABLE handed(n INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, sum INTEGER NOT NULL, at INTEGER NOT NULL);
        CREATE INDEX handed_at ON handed(at)
        """;

    /// <summary>Brings a file to the current version; a text where it is none of ours, or of a later program.</summary>
    public string? Migrate(SqliteDatabase database)
    {
        var version = database.Scalar("PRAGMA user_version");
        var application = database.Scalar("PRAGMA application_id");
        if (version > Steps.Length)
        {
            return $"it has version {version}, and this relay knows {Steps.Length} at most: run the relay that wrote it, or a later one";
        }

        if (application != ApplicationId && (version != 0 || database.Scalar("SELECT count(*) FROM sqlite_schema") != 0))
        {
            return "it is a database of some other program";
        }

        for (var step = (int)version; step < Steps.Length; step++)
        {
            database.Execute("BEGIN IMMEDIATE");
            database.Execute(Steps[step]);
            database.Execute($"PRAGMA application_id={ApplicationId}");
            database.Execute($"PRAGMA user_version={step + 1}");
            database.Execute("COMMIT");
        }

        return null;
    }
}
