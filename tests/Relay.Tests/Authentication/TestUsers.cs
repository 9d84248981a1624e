using RelayOperator.Api.Config;
using RelayOperator.Relay.Authentication;

namespace RelayOperator.Relay.Tests.Authentication;

/// <summary>Users of whom everybody's password is swordfish, and their hashes as other programs made them.</summary>
internal static class TestUsers
{
    public const string Password = "swordfish";

    // crypt(3)
    public const string Bcrypt = "$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.";

    public const string Scram =
        "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$8Wrf8Epev7R0LqOnTBO+Im5Oc+hpZ+D1OssJIBpHgp0=:q79GxJrntgXm79c/Aj/yq7yM5WJjGzaC8bDrQGyxHUA=";

    // RFC 7677 §3: the password is pencil.
    public const string Pencil =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    public static UserDirectory Directory(params string[] lines) => new(Config(lines), "11111111-2222-3333-4444-555555555555");

    public static ListenerAuthConfig Config(params string[] lines) => new(IsRequired: false, AllowPlaintext: true, string.Join('\n', lines));
}
