using System.Security.Cryptography;

namespace RelayOperator.Relay.Settings;

/// <summary>Tells one content of a file from another.</summary>
public static class FilePrint
{
    /// <summary>The print of what the file holds; "" for a file that cannot be read.</summary>
    public static string Of(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Convert.ToHexString(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
